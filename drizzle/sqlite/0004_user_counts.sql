CREATE TABLE `user_counts` (
	`company_id` text NOT NULL,
	`is_active` integer NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`company_id`, `is_active`),
	FOREIGN KEY (`company_id`) REFERENCES `companies`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
INSERT INTO `user_counts` SELECT `company_id`, `is_active`, count(*) FROM `users` GROUP BY 1, 2;--> statement-breakpoint
CREATE TRIGGER `users_counted` AFTER INSERT ON `users` BEGIN
	INSERT INTO `user_counts` VALUES (new.`company_id`, new.`is_active`, 1) ON CONFLICT DO UPDATE SET `count` = `count` + 1;
END;--> statement-breakpoint
CREATE TRIGGER `users_uncounted` AFTER DELETE ON `users` BEGIN
	UPDATE `user_counts` SET `count` = `count` - 1 WHERE `company_id` = old.`company_id` AND `is_active` = old.`is_active`;
END;--> statement-breakpoint
CREATE TRIGGER `users_recounted` AFTER UPDATE OF `company_id`, `is_active` ON `users` BEGIN
	UPDATE `user_counts` SET `count` = `count` - 1 WHERE `company_id` = old.`company_id` AND `is_active` = old.`is_active`;
	INSERT INTO `user_counts` VALUES (new.`company_id`, new.`is_active`, 1) ON CONFLICT DO UPDATE SET `count` = `count` + 1;
END;
