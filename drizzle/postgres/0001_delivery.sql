DROP INDEX "outbox_due_first";--> statement-breakpoint
DROP INDEX "outbox_due_repeated";--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "password_resent_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "outbox_due_first" ON "outbox" USING btree ("key_id","due_at","id") WHERE "outbox"."state" = 'queued' and "outbox"."attempts" = 0;--> statement-breakpoint
CREATE INDEX "outbox_due_repeated" ON "outbox" USING btree ("key_id","due_at","id") WHERE "outbox"."state" = 'queued' and "outbox"."attempts" > 0;--> statement-breakpoint
UPDATE "clients" SET "scope" = "scope" || ' users:issue-password'
	WHERE ' ' || "scope" || ' ' LIKE '% users:create %' AND ' ' || "scope" || ' ' NOT LIKE '% users:issue-password %';--> statement-breakpoint
UPDATE "tokens" SET "scope" = "scope" || ' users:issue-password'
	WHERE ' ' || "scope" || ' ' LIKE '% users:create %' AND ' ' || "scope" || ' ' NOT LIKE '% users:issue-password %';
