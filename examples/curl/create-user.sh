#!/usr/bin/env bash
# Creates one user by REST: GATEWAY, CLIENT_ID and CLIENT_SECRET in the environment, the employee ID as the argument.
set -euo pipefail
: "${GATEWAY:=http://127.0.0.1:4000}" "${CLIENT_ID:?}" "${CLIENT_SECRET:?}"
employee_id=${1:-EMPLY200}

credentials=$(jq --null-input --arg id "$CLIENT_ID" --arg secret "$CLIENT_SECRET" \
  '{ clientID: $id, clientSecret: $secret, grantType: "client_credentials" }')
token=$(curl --silent --show-error --fail "$GATEWAY/oauth/token" --header 'Content-Type: application/json' \
  --data "$credentials" | jq --raw-output .data.accessToken)

user=$(jq --null-input --arg id "$employee_id" \
  '{ employeeID: $id, name: "Agus Salim", email: "\($id)@example.com", isActive: true }')
file=$(mktemp) && trap 'rm "$file"' EXIT
value_of() { jq --raw-output "$1 // empty" "$file"; }

for _ in 1 2 3 4 5; do
  # The key names what is created: curl may send it again when the answer is lost, and nobody is created twice.
  curl --silent --show-error --retry 5 --retry-all-errors --output "$file" "$GATEWAY/ruangkerja/users" \
    --header "Authorization: $token" --header 'Content-Type: application/json' \
    --header "Idempotency-Key: hris-$employee_id" --data "$user"
  # 13102: the first request with this key still runs. Soon it has an answer.
  [[ $(value_of .errorCode) == 13102 ]] || break
  sleep 1
done

# What is not JSON, such as the page of a proxy, ends the script here.
serial=$(value_of .data.serial)
case $serial/$(value_of .errorCode) in
  /10101) echo 'is already there' ;;
  /*) echo "$(value_of .errorCode): $(value_of .detail)" >&2 && exit 1 ;;
  *) echo "created $serial" ;;
esac
