DROP TRIGGER `users_counted`;
