import { type Config, type Environment, loadConfig } from '../../src/gateway/config.ts';

/** Loads a configuration; one of both is undefined. */
export function readConfig(env: Environment): { config: Config | undefined; problems: string[] | undefined } {
  const loaded = loadConfig(env);
  return loaded.kind === 'loaded'
    ? { config: loaded.config, problems: undefined }
    : { config: undefined, problems: loaded.problems };
}
