import type { Route } from './route.ts';
import { structureRoute } from './structure-route.ts';
import { tagRoutes } from './tag-routes.ts';
import { tokenRoute } from './token-route.ts';
import { userRoutes } from './user-routes.ts';

/** Every route of REST: the list that is mounted, and that openapi.json describes. */
export const routes: readonly Route[] = [tokenRoute, ...userRoutes, ...tagRoutes, structureRoute];
