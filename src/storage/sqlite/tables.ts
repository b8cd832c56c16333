export * from './access-tables.ts';
export * from './outbox-tables.ts';
export * from './user-tables.ts';
