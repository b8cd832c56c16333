import { writeFileSync } from 'node:fs';
import { printedOpenapi } from './openapi.ts';

writeFileSync(new URL('../../../openapi.json', import.meta.url), printedOpenapi());
