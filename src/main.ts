import './thread-pool.ts';
import './quick-imports.ts';

// Not a static import: those are all resolved before the two above have run.
const { serve } = await import('./gateway/serve.ts');

await serve(process.env);
