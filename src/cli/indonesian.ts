import { indonesianImport } from '../import/indonesian.ts';
import type { Catalogue } from '../translate.ts';
import { answers } from './indonesian/answers.ts';
import { configuration } from './indonesian/configuration.ts';
import { doctor } from './indonesian/doctor.ts';
import { help } from './indonesian/help.ts';
import { refusals } from './indonesian/refusals.ts';

/** What the commands say to a person, in Indonesian. */
export const indonesian: Catalogue = {
  ...indonesianImport,
  ...help,
  ...answers,
  ...refusals,
  ...configuration,
  ...doctor,
};
