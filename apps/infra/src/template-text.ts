/**
 * A template with a line for each parameter, resource and output: readable, and short enough to be given to CloudFormation as it is,
 * which takes 51,200 bytes. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
export function templateText(template: object): string {
  const sections = Object.entries(template).map(([name, section]) => {
    const lines =
      typeof section === 'object' && section !== null
        ? `{\n${Object.entries(section)
            .map(([key, value]) => `  ${entry(key, value)}`)
            .join(',\n')}\n}`
        : JSON.stringify(section);
    return `${JSON.stringify(name)}: ${lines}`;
  });
  return `{\n${sections.join(',\n')}\n}\n`;
}

function entry(key: string, value: unknown): string {
  return `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
}
