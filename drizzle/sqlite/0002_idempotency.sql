CREATE TABLE `idempotency_keys` (
	`client_id` text NOT NULL,
	`key` text NOT NULL,
	`fingerprint` blob NOT NULL,
	`holder` text NOT NULL,
	`lease_ends_at` integer NOT NULL,
	`results` text,
	`completed` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`client_id`, `key`),
	FOREIGN KEY (`client_id`) REFERENCES `clients`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_created_at` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
ALTER TABLE `users` ADD `import_key` text;--> statement-breakpoint
CREATE UNIQUE INDEX `users_import_key` ON `users` (`company_id`,`import_key`) WHERE "users"."import_key" is not null;