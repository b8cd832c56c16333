CREATE TABLE "deliveries" (
	"kind" text PRIMARY KEY NOT NULL,
	"held_at" timestamp (3) with time zone,
	"paused_until" timestamp (3) with time zone,
	"pauses" integer DEFAULT 0 NOT NULL,
	"pause_reason" text,
	"next_at" timestamp (3) with time zone,
	"day_ends_at" timestamp (3) with time zone,
	"begun_today" integer DEFAULT 0 NOT NULL,
	"last_accepted_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "outbox_attempts" (
	"outbox_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"attempt" integer NOT NULL,
	"outcome" text NOT NULL,
	"answer" text
);
--> statement-breakpoint
CREATE TABLE "erased_users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"serial" text NOT NULL,
	"import_key" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"erased_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
DROP INDEX "outbox_due_first";--> statement-breakpoint
ALTER TABLE "companies" ADD COLUMN "sign_in_url" text;--> statement-breakpoint
ALTER TABLE "companies" ADD COLUMN "reply_to" text;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "turn" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "request_id" text;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "traceparent" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "updated_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "outbox_attempts" ADD CONSTRAINT "outbox_attempts_outbox_id_outbox_id_fk" FOREIGN KEY ("outbox_id") REFERENCES "public"."outbox"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erased_users" ADD CONSTRAINT "erased_users_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "outbox_attempts_outbox" ON "outbox_attempts" USING btree ("outbox_id","at");--> statement-breakpoint
CREATE UNIQUE INDEX "erased_users_serial" ON "erased_users" USING btree ("serial");--> statement-breakpoint
CREATE UNIQUE INDEX "erased_users_import_key" ON "erased_users" USING btree ("company_id","import_key") WHERE "erased_users"."import_key" is not null;--> statement-breakpoint
CREATE INDEX "outbox_due_first" ON "outbox" USING btree ("key_id","turn","due_at","id") WHERE "outbox"."state" = 'queued' and "outbox"."attempts" = 0;