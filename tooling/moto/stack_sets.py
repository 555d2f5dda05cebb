"""Stack sets whose accounts are those of an organization. moto by itself knows no filter of accounts, and neither changes nor deletes
what a set of this kind has made.
"""

from moto.cloudformation.models import StackInstances, StackSet
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult


def correct():
    make_stacks_where_targeted()
    change_stacks_with_their_set()
    delete_stacks_where_targeted()


def targeted(organization, targets):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html"""
    units = targets.get("OrganizationalUnitIds", [])
    parents = {unit.id: getattr(unit, "parent_id", None) for unit in organization.ou}
    named = targets.get("Accounts", [])
    kept = {
        "NONE": lambda account: True,
        "DIFFERENCE": lambda account: account not in named,
        "INTERSECTION": lambda account: account in named,
    }[targets.get("AccountFilterType", "NONE")]
    # Never the management account, says the same page.
    members = [account for account in organization.accounts if account.id != account.master_account_id]
    return [account.id for account in members if is_below(account.parent_id, units, parents) and kept(account.id)]


def is_below(unit, units, parents):
    return unit is not None and (unit in units or is_below(parents.get(unit), units, parents))


def make_stacks_where_targeted():
    create = StackInstances.create_instances

    def where_targeted(self, accounts, regions, parameters, deployment_targets, permission_model):
        if permission_model == "SERVICE_MANAGED":
            accounts, deployment_targets = targeted(self.org_backend, deployment_targets), {}
        return create(self, accounts, regions, parameters, deployment_targets, permission_model)

    StackInstances.create_instances = where_targeted


def change_stacks_with_their_set():
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStackSet.html"""
    update = StackSet.update

    def with_stacks(self, **changes):
        operation = update(self, **changes)
        for instance in self.stack_instances:
            instance.stack.update(self.template, None, self.parameters)
        return operation

    StackSet.update = with_stacks


def delete_stacks_where_targeted():
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStackInstances.html"""

    def delete_stack_instances(self):
        name, targets = self._get_param("StackSetName"), self._get_params().get("DeploymentTargets")
        backend = self.cloudformation_backend
        organization = backend.describe_stack_set(name).instances.org_backend
        accounts = targeted(organization, targets) if targets else self._get_param("Accounts", [])
        stack_set = backend.delete_stack_instances(name, accounts, self._get_param("Regions", []))
        return ActionResult({"OperationId": stack_set.operations[-1]["OperationId"]})

    CloudFormationResponse.delete_stack_instances = delete_stack_instances
