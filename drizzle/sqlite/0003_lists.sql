ALTER TABLE `users` ADD `name_key` text DEFAULT '' NOT NULL;--> statement-breakpoint
-- fold() is the program's own foldKey, see src/storage/sqlite/open.ts: SQLite's lower() knows ASCII only.
UPDATE `users` SET `name_key` = fold(`name`);--> statement-breakpoint
CREATE INDEX `users_list` ON `users` (`company_id`,`id`);--> statement-breakpoint
CREATE INDEX `users_list_active` ON `users` (`company_id`,`is_active`,`id`);--> statement-breakpoint
CREATE INDEX `users_list_organization` ON `users` (`organization_id`,`id`) WHERE "users"."organization_id" is not null;--> statement-breakpoint
CREATE INDEX `tags_list` ON `tags` (`company_id`,`id`);