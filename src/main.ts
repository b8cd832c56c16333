import { serve } from './gateway/serve.ts';

await serve(process.env);
