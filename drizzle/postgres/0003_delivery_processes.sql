CREATE TABLE "delivery_processes" (
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "delivery_processes_kind_id_pk" PRIMARY KEY("kind","id")
);
--> statement-breakpoint
DROP INDEX "outbox_attempts_outbox";--> statement-breakpoint
ALTER TABLE "outbox_attempts" ADD CONSTRAINT "outbox_attempts_outbox_id_at_attempt_pk" PRIMARY KEY("outbox_id","at","attempt");