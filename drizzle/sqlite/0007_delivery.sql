DROP INDEX `outbox_due`;--> statement-breakpoint
CREATE INDEX `outbox_due_first` ON `outbox` (`key_id`,`due_at`,`id`) WHERE "outbox"."state" = 'queued' and "outbox"."attempts" = 0;--> statement-breakpoint
CREATE INDEX `outbox_due_repeated` ON `outbox` (`key_id`,`due_at`,`id`) WHERE "outbox"."state" = 'queued' and "outbox"."attempts" > 0;--> statement-breakpoint
ALTER TABLE `users` ADD `password_resent_at` integer;--> statement-breakpoint
UPDATE `clients` SET `scope` = `scope` || ' users:issue-password'
	WHERE ' ' || `scope` || ' ' LIKE '% users:create %' AND ' ' || `scope` || ' ' NOT LIKE '% users:issue-password %';--> statement-breakpoint
UPDATE `tokens` SET `scope` = `scope` || ' users:issue-password'
	WHERE ' ' || `scope` || ' ' LIKE '% users:create %' AND ' ' || `scope` || ' ' NOT LIKE '% users:issue-password %';
