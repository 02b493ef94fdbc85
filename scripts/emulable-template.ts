interface Template {
  Parameters: Record<string, object>;
  Rules?: object;
  Resources: Record<string, Resource>;
}

interface Resource {
  Type: string;
  Properties?: { Metrics?: object; PolicyDocument?: { Statement: Statement[] } };
}

interface Statement {
  Action: string | string[];
  Resource: unknown;
  Condition?: object;
}

/**
 * Adapts a synthesized template to MiniStack. Five things change:
 *
 *  - checks for a bootstrapped account are removed;
 *  - alarms on metric expressions, and the dashboards that show them, are removed: printing does not need them;
 *  - policies that refuse requests without TLS are removed, since MiniStack is called without TLS;
 *  - grants on certificates or things are widened: for some actions MiniStack looks for the resource name in the path
 *    of a request that has it elsewhere;
 *  - SendMessage also grants SendMessageBatch, as in AWS.
 *
 * All other grants are enforced unchanged.
 */
export function emulable(text: string): string {
  const { Rules: _, ...template } = JSON.parse(text) as Template;
  const { BootstrapVersion: __, ...Parameters } = template.Parameters;
  const all = Object.entries(template.Resources);
  const unknown = all.filter(([, { Properties }]) => Properties?.Metrics !== undefined).map(([id]) => id);
  const isLeftOut = (id: string, resource: Resource) =>
    unknown.includes(id) || unknown.some(other => JSON.stringify(resource).includes(`"${other}"`));
  for (const [, { Properties }] of all) {
    const document = Properties?.PolicyDocument;
    if (!document) continue;
    document.Statement = document.Statement.filter(({ Condition }) => !demandsTls.test(JSON.stringify(Condition)));
    for (const statement of document.Statement) widen(statement);
  }
  const isEmpty = ({ Properties }: Resource) => Properties?.PolicyDocument?.Statement.length === 0;
  const kept = all.filter(([id, resource]) => !isLeftOut(id, resource) && !isEmpty(resource));
  return JSON.stringify({ ...template, Parameters, Resources: Object.fromEntries(kept) });
}

const demandsTls = /aws:SecureTransport|s3:TlsVersion/;
const identityActions = /^iot:(Attach|Detach|Create|Update|Delete|List)/;

function widen(statement: Statement): void {
  const actions = [statement.Action].flat();
  if (actions.every(action => identityActions.test(action))) statement.Resource = '*';
  if (actions.includes('sqs:SendMessage')) statement.Action = [...actions, 'sqs:SendMessageBatch'];
}
