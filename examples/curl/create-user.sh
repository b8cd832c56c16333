#!/usr/bin/env bash
# Creates one user by REST: GATEWAY, CLIENT_ID and CLIENT_SECRET in the environment, the employee ID as the argument.
set -euo pipefail
: "${GATEWAY:=http://127.0.0.1:4000}" "${CLIENT_ID:?}" "${CLIENT_SECRET:?}"
employee_id=${1:-EMPLY200}

value_of() { sed --quiet "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }

token=$(curl --silent --show-error --fail "$GATEWAY/oauth/token" --header 'Content-Type: application/json' \
  --data "{ \"clientID\": \"$CLIENT_ID\", \"clientSecret\": \"$CLIENT_SECRET\", \"grantType\": \"client_credentials\" }" |
  value_of accessToken)

# The key names what is created: curl may send it again when the answer is lost, and nobody is created twice.
file=$(mktemp) && trap 'rm "$file"' EXIT
curl --silent --show-error --retry 5 --retry-all-errors --output "$file" "$GATEWAY/ruangkerja/users" \
  --header "Authorization: $token" --header 'Content-Type: application/json' \
  --header "Idempotency-Key: hris-$employee_id" \
  --data "{ \"employeeID\": \"$employee_id\", \"name\": \"Agus Salim\", \"email\": \"$employee_id@example.com\", \"isActive\": true }"
answer=$(<"$file")

case $(value_of errorCode <<<"$answer") in
  '') echo "created $(value_of serial <<<"$answer")" ;;
  10101) echo 'is already there' ;;
  *) echo "$(value_of errorCode <<<"$answer"): $(value_of detail <<<"$answer")" >&2 && exit 1 ;;
esac
