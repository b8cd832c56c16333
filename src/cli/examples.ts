import type { Command } from 'commander';
import type { Translate } from '../translate.ts';

/** What is typed after `gateway`, by command; `--help` shows it. */
const examples: Record<string, readonly string[]> = {
  'company create': [
    'company create --code RUKR --name Ruangkerja',
    'company create --code ACME --name Acme --mail-locale en --sign-in-url https://app.example.com/login',
  ],
  'company update': [
    'company update --code RUKR --reply-to "HR <hr@example.com>"',
    'company update --code RUKR --sign-in-url ""',
  ],
  'company list': ['company list', 'company list --json'],
  'client create': [
    'client create --company RUKR --name HRIS --scope "users:create users:read"',
    'client create --company RUKR --name HRIS --scope users:create --json',
  ],
  'client list': ['client list', 'client list --company RUKR'],
  'client rotate': ['client rotate 8f0c6c2d9a0b4f3e8d1c2b3a49586776'],
  'client revoke': ['client revoke 8f0c6c2d9a0b4f3e8d1c2b3a49586776'],
  token: ['token 8f0c6c2d9a0b4f3e8d1c2b3a49586776', 'token 8f0c6c2d9a0b4f3e8d1c2b3a49586776 --json'],
  'organization create': [
    'organization create --company RUKR --name "Head office"',
    'organization create --company RUKR --name Finance --parent COMPFJLYTHWL',
  ],
  'organization list': ['organization list --company RUKR'],
  'tag create': ['tag create --company RUKR --name Staff'],
  'tag list': ['tag list --company RUKR', 'tag list --company RUKR --limit 1000 --json'],
  'user list': ['user list --company RUKR', 'user list --company RUKR --limit 1000 --json'],
  'user show': ['user show JOHNILXV3QAJJEL3'],
  'user erase': ['user erase JOHNILXV3QAJJEL3'],
  'mail list': [
    'mail list --state dead --limit 20',
    'mail list --state queued --older-than 10m',
    'mail list --error "550 5.7.1" --domain example.com',
  ],
  'mail show': ['mail show 0198c7a2-51d0-7b3e-9c44-0f6f2f1f8a10'],
  'mail retry': [
    'mail retry 0198c7a2-51d0-7b3e-9c44-0f6f2f1f8a10',
    'mail retry --all',
    'mail retry --error "550 5.7.1" --domain example.com',
  ],
  'mail hold': ['mail hold'],
  'mail release': ['mail release'],
  'mail mark-sent': ['mail mark-sent sent.txt'],
  backup: ['backup gateway-2026-03-29.db'],
  'migrate-data': [
    'migrate-data --from file:data/gateway.db --to postgres://gateway@db.example.com/gateway --dry-run',
    'migrate-data --from file:data/gateway.db --to postgres://gateway@db.example.com/gateway',
  ],
  import: [
    'import --template > users.csv',
    'import users.csv --company RUKR --dry-run',
    'import users.csv --company RUKR --upsert',
    'import users.csv --url https://gateway.example.com --client-id 8f0c6c2d9a0b4f3e8d1c2b3a49586776',
  ],
  doctor: ['doctor', 'doctor --json'],
  completion: ['completion bash', 'completion zsh', 'completion fish'],
};

/** Lists the commands that do something, by what is typed after `gateway`. */
export function commandsOf(gateway: Command, above = ''): [name: string, command: Command][] {
  return gateway.commands.flatMap((command) => {
    const name = `${above}${command.name()}`;
    return command.commands.length > 0 ? commandsOf(command, `${name} `) : [[name, command]];
  });
}

/** Adds its examples to the help of every command. */
export function addExamples(gateway: Command, translate: Translate): void {
  for (const [name, command] of commandsOf(gateway)) {
    const lines = (examples[name] ?? []).map((words) => `  npx gateway ${words}`);
    if (lines.length > 0) command.addHelpText('after', `\n${translate('Examples:')}\n${lines.join('\n')}`);
  }
}
