CREATE TABLE "clients" (
	"id" text PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"name" text NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"scope" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "companies" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"name" text NOT NULL,
	"mail_locale" text,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"client_id" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"holder" text NOT NULL,
	"lease_ends_at" timestamp (3) with time zone NOT NULL,
	"results" text,
	"completed" boolean NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_client_id_key_pk" PRIMARY KEY("client_id","key")
);
--> statement-breakpoint
CREATE TABLE "organizations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"parent_id" uuid,
	"serial" text NOT NULL,
	"name" text NOT NULL,
	"is_active" boolean NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"state" text NOT NULL,
	"key_id" text,
	"nonce" "bytea",
	"ciphertext" "bytea",
	"attempts" integer NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"last_error" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "quotas" (
	"client_id" text PRIMARY KEY NOT NULL,
	"used" integer NOT NULL,
	"taken" integer NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tags" (
	"id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"serial" text NOT NULL,
	"name" text NOT NULL,
	"name_key" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"client_id" text NOT NULL,
	"scope" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "user_tags" (
	"user_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"tag_id" uuid NOT NULL,
	CONSTRAINT "user_tags_user_id_position_pk" PRIMARY KEY("user_id","position")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"serial" text NOT NULL,
	"employee_id" text NOT NULL,
	"employee_id_key" text NOT NULL,
	"name" text NOT NULL,
	"name_key" text NOT NULL,
	"username" text,
	"username_key" text,
	"email" text,
	"email_key" text,
	"phone" text,
	"password_hash" text NOT NULL,
	"is_active" boolean NOT NULL,
	"organization_id" uuid,
	"import_key" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "users_reachable" CHECK ("users"."email" is not null or "users"."phone" is not null)
);
--> statement-breakpoint
ALTER TABLE "clients" ADD CONSTRAINT "clients_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organizations" ADD CONSTRAINT "organizations_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organizations" ADD CONSTRAINT "organizations_parent_id_organizations_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quotas" ADD CONSTRAINT "quotas_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tags" ADD CONSTRAINT "tags_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_tags" ADD CONSTRAINT "user_tags_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_tags" ADD CONSTRAINT "user_tags_tag_id_tags_id_fk" FOREIGN KEY ("tag_id") REFERENCES "public"."tags"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "clients_company" ON "clients" USING btree ("company_id");--> statement-breakpoint
CREATE UNIQUE INDEX "companies_code" ON "companies" USING btree ("code");--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_at" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "organizations_serial" ON "organizations" USING btree ("serial");--> statement-breakpoint
CREATE INDEX "organizations_company" ON "organizations" USING btree ("company_id");--> statement-breakpoint
CREATE INDEX "outbox_due_first" ON "outbox" USING btree ("due_at","id") WHERE "outbox"."state" = 'queued' and "outbox"."attempts" = 0;--> statement-breakpoint
CREATE INDEX "outbox_due_repeated" ON "outbox" USING btree ("due_at","id") WHERE "outbox"."state" = 'queued' and "outbox"."attempts" > 0;--> statement-breakpoint
CREATE INDEX "outbox_sealed_dead" ON "outbox" USING btree ("ended_at") WHERE "outbox"."state" = 'dead' and "outbox"."ciphertext" is not null;--> statement-breakpoint
CREATE INDEX "outbox_open" ON "outbox" USING btree ("state","id") WHERE "outbox"."state" <> 'sent';--> statement-breakpoint
CREATE INDEX "outbox_user" ON "outbox" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "tags_serial" ON "tags" USING btree ("serial");--> statement-breakpoint
CREATE UNIQUE INDEX "tags_name" ON "tags" USING btree ("company_id","name_key");--> statement-breakpoint
CREATE INDEX "tags_list" ON "tags" USING btree ("company_id","id");--> statement-breakpoint
CREATE INDEX "tokens_client" ON "tokens" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "tokens_expires_at" ON "tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "user_tags_tag" ON "user_tags" USING btree ("tag_id","user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_serial" ON "users" USING btree ("serial");--> statement-breakpoint
CREATE INDEX "users_list" ON "users" USING btree ("company_id","id");--> statement-breakpoint
CREATE INDEX "users_list_active" ON "users" USING btree ("company_id","is_active","id");--> statement-breakpoint
CREATE INDEX "users_list_organization" ON "users" USING btree ("organization_id","id") WHERE "users"."organization_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "users_employee_id" ON "users" USING btree ("company_id","employee_id_key");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email" ON "users" USING btree ("company_id","email_key");--> statement-breakpoint
CREATE UNIQUE INDEX "users_phone" ON "users" USING btree ("company_id","phone");--> statement-breakpoint
CREATE UNIQUE INDEX "users_username" ON "users" USING btree ("company_id","username_key");--> statement-breakpoint
CREATE UNIQUE INDEX "users_import_key" ON "users" USING btree ("company_id","import_key") WHERE "users"."import_key" is not null;