CREATE TABLE `delivery_processes` (
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`seen_at` integer NOT NULL,
	PRIMARY KEY(`kind`, `id`)
);
--> statement-breakpoint
DROP TABLE `outbox_attempts`;--> statement-breakpoint
CREATE TABLE `outbox_attempts` (
	`outbox_id` text NOT NULL,
	`at` integer NOT NULL,
	`attempt` integer NOT NULL,
	`outcome` text NOT NULL,
	`answer` text,
	PRIMARY KEY(`outbox_id`, `at`, `attempt`),
	FOREIGN KEY (`outbox_id`) REFERENCES `outbox`(`id`) ON UPDATE no action ON DELETE cascade
);
