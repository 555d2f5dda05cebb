"""How a stack comes about by a change set, and what a change of a stack does first and last. moto by itself leaves a change set's stack
without outputs, and takes away what is no longer in a template before it changes the rest.
"""

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import ChangeSet, Stack
from moto.cloudformation.parsing import ResourceMap, parse_and_update_resource


def correct():
    execute_change_sets()
    keep_previous_values()
    change_in_order()


def execute_change_sets():
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html"""

    def apply(self):
        stack = self.stack
        if self.change_set_type == "UPDATE":
            stack.update(self.template, self.role_arn, self.parameters)
            return
        stack.template, stack.parameters = self.template, self.parameters
        stack._parse_template()
        stack.resource_map = stack._create_resource_map()
        stack.output_map = stack._create_output_map()
        stack.create_resources()

    ChangeSet.apply = apply


def keep_previous_values():
    """UsePreviousValue is the value as it was given, or the default of that time; moto has lists and numbers made of it by then.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Parameter.html
    """
    Stack.stack_parameters = property(lambda stack: with_defaults(stack.template_dict, stack.parameters or {}))


def with_defaults(template, parameters):
    slots = template.get("Parameters", {})
    return {name: str(slot["Default"]) for name, slot in slots.items() if "Default" in slot} | parameters


def change_in_order():
    """What is changed comes before what is new and may need it; what is no longer in the template goes last.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-monitor-stack.html
    """

    def update(self, template, parameters=None):
        before = with_defaults(self._template, self.input_parameters)
        self.input_parameters = before
        diff = self.build_resource_diff(template, parameters)
        gone = {name: self._resource_json_map[name] for name in diff["Remove"]}
        self._template, self._resource_json_map = template, template["Resources"]
        self.input_parameters = parameters or before
        self.load_mapping()
        self.load_parameters()
        self.load_conditions()
        for name in diff["Modify"]:
            change(self, name, template["Resources"][name])
        for name in diff["Add"]:
            self[name]
        for name, resource in gone.items():
            self._delete_resource(self._parsed_resources.pop(name), resource)

    ResourceMap.update = update


def change(resources, name, properties):
    if name not in resources._parsed_resources:
        # There was none before: its condition did not hold. Whether it does now is seen as it is asked for.
        resources[name]
        return
    account = {"account_id": resources._account_id, "region_name": resources._region_name}
    changed = parse_and_update_resource(name, properties, resources, **account)
    if changed is None:
        raise ValidationError(name, f"moto can't change a resource of the type {properties['Type']}; add it to tooling/moto/stacks.py")
    resources._parsed_resources[name] = changed
