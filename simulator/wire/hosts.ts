// Tells AWS's host names from everybody else's.

/** Host names of AWS endpoints: `ecs.eu-west-1.amazonaws.com`, `lambda.eu-west-1.api.aws`. */
export function isAwsHost(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '');
  return /(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$/.test(name);
}
