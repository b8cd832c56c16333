import type { Route } from './route.ts';
import { structureRoute } from './structure-route.ts';
import { tagRoutes } from './tag-routes.ts';
import { tokenRoute } from './token-route.ts';
import { userRoutes } from './user-routes.ts';

/** Every route of REST: what is mounted, and what openapi.json tells. */
export const routes: readonly Route[] = [tokenRoute, ...userRoutes, ...tagRoutes, structureRoute];
