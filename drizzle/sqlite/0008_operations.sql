CREATE TABLE `deliveries` (
	`kind` text PRIMARY KEY NOT NULL,
	`held_at` integer,
	`paused_until` integer,
	`pauses` integer DEFAULT 0 NOT NULL,
	`pause_reason` text,
	`next_at` integer,
	`day_ends_at` integer,
	`begun_today` integer DEFAULT 0 NOT NULL,
	`last_accepted_at` integer
);
--> statement-breakpoint
CREATE TABLE `outbox_attempts` (
	`outbox_id` text NOT NULL,
	`at` integer NOT NULL,
	`attempt` integer NOT NULL,
	`outcome` text NOT NULL,
	`answer` text,
	FOREIGN KEY (`outbox_id`) REFERENCES `outbox`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `outbox_attempts_outbox` ON `outbox_attempts` (`outbox_id`,`at`);--> statement-breakpoint
CREATE TABLE `erased_users` (
	`id` text PRIMARY KEY NOT NULL,
	`company_id` text NOT NULL,
	`serial` text NOT NULL,
	`import_key` text,
	`created_at` integer NOT NULL,
	`erased_at` integer NOT NULL,
	FOREIGN KEY (`company_id`) REFERENCES `companies`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `erased_users_serial` ON `erased_users` (`serial`);--> statement-breakpoint
CREATE UNIQUE INDEX `erased_users_import_key` ON `erased_users` (`company_id`,`import_key`) WHERE "erased_users"."import_key" is not null;--> statement-breakpoint
DROP INDEX `outbox_due_first`;--> statement-breakpoint
ALTER TABLE `outbox` ADD `turn` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `outbox` ADD `request_id` text;--> statement-breakpoint
ALTER TABLE `outbox` ADD `traceparent` text;--> statement-breakpoint
CREATE INDEX `outbox_due_first` ON `outbox` (`key_id`,`turn`,`due_at`,`id`) WHERE "outbox"."state" = 'queued' and "outbox"."attempts" = 0;--> statement-breakpoint
ALTER TABLE `companies` ADD `sign_in_url` text;--> statement-breakpoint
ALTER TABLE `companies` ADD `reply_to` text;--> statement-breakpoint
ALTER TABLE `users` ADD `version` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `updated_at` integer;