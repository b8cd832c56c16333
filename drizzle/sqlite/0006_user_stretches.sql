DROP TRIGGER `users_uncounted`;--> statement-breakpoint
DROP TRIGGER `users_recounted`;--> statement-breakpoint
DROP TABLE `user_counts`;--> statement-breakpoint
CREATE TABLE `user_counts` (
	`company_id` text NOT NULL,
	`start` text NOT NULL,
	`active` integer NOT NULL,
	`inactive` integer NOT NULL,
	PRIMARY KEY(`company_id`, `start`),
	FOREIGN KEY (`company_id`) REFERENCES `companies`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
INSERT INTO `user_counts`
	SELECT `company_id`, iif(`stretch` = 0, '', min(`id`)), sum(`is_active`), sum(NOT `is_active`)
	FROM (SELECT `company_id`, `id`, `is_active`, (row_number() OVER (PARTITION BY `company_id` ORDER BY `id`) - 1) / 10000 AS `stretch` FROM `users`)
	GROUP BY `company_id`, `stretch`;--> statement-breakpoint
CREATE TRIGGER `users_uncounted` AFTER DELETE ON `users` BEGIN
	UPDATE `user_counts` SET `active` = `active` - old.`is_active`, `inactive` = `inactive` - NOT old.`is_active`
		WHERE `company_id` = old.`company_id` AND `start` = (SELECT max(`start`) FROM `user_counts` WHERE `company_id` = old.`company_id` AND `start` <= old.`id`);
END;--> statement-breakpoint
CREATE TRIGGER `users_recounted` AFTER UPDATE OF `id`, `company_id`, `is_active` ON `users` BEGIN
	UPDATE `user_counts` SET `active` = `active` - old.`is_active`, `inactive` = `inactive` - NOT old.`is_active`
		WHERE `company_id` = old.`company_id` AND `start` = (SELECT max(`start`) FROM `user_counts` WHERE `company_id` = old.`company_id` AND `start` <= old.`id`);
	INSERT INTO `user_counts` VALUES (new.`company_id`, '', 0, 0) ON CONFLICT DO NOTHING;
	UPDATE `user_counts` SET `active` = `active` + new.`is_active`, `inactive` = `inactive` + NOT new.`is_active`
		WHERE `company_id` = new.`company_id` AND `start` = (SELECT max(`start`) FROM `user_counts` WHERE `company_id` = new.`company_id` AND `start` <= new.`id`);
END;
