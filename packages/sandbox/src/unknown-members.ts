import { NormalizedSchema } from '@smithy/core/schema';

/**
 * Members of an answer that the service's model does not have, by their paths: an operation of the sandbox that answers one has it
 * misspelled. `schema` is that of a command's output, as the SDK's commands carry it.
 */
export function unknownMembers(schema: unknown, answer: unknown, path = ''): string[] {
  const shape = NormalizedSchema.of(schema as Parameters<typeof NormalizedSchema.of>[0]);
  if (answer === null || answer === undefined || typeof answer !== 'object') return [];
  if (shape.isListSchema()) {
    const items = Array.isArray(answer) ? answer : [];
    return items.flatMap((item, at) => unknownMembers(shape.getValueSchema(), item, `${path}[${at}]`));
  }
  if (shape.isMapSchema()) {
    return Object.entries(answer).flatMap(([key, item]) => unknownMembers(shape.getValueSchema(), item, `${path}.${key}`));
  }
  if (!shape.isStructSchema()) return [];
  const members = shape.getMemberSchemas();
  return Object.entries(answer)
    .filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => {
      const member = Object.hasOwn(members, name) ? members[name] : undefined;
      return member === undefined ? [`${path}.${name}`] : unknownMembers(member, value, `${path}.${name}`);
    });
}
