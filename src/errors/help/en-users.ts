import type { HelpOf, UserErrorName } from './help.ts';

/** Explains the errors of users, in English. */
export const enUsers: HelpOf<UserErrorName> = {
  USER_EMPLOYEE_ID_EXISTS: {
    meaning: 'Another user of your company already has this employee ID. Upper and lower case count as the same.',
    causes: [
      'The user was created before, perhaps by an earlier run or by a request whose answer got lost.',
      'Two users of one batch or file have the same employee ID.',
    ],
    remedy:
      'Look the user up by the employee ID. If it is the same person, there is nothing to create. If not, send the ' +
      'right ID. Send an idempotency key, so that a repeated request gets the first answer instead of this error.',
  },
  USER_EMAIL_EXISTS: {
    meaning: 'Another user of your company already has this email address. Upper and lower case count as the same.',
    causes: ['The person already exists under another employee ID.', 'Several people share one mailbox.'],
    remedy: 'Give each user an address of their own, or leave the email out and send a phone number.',
  },
  USER_PHONE_EXISTS: {
    meaning:
      'Another user of your company already has this phone number. 0811-2233-4455 and +62 811 2233 4455 are the same ' +
      'number.',
    causes: ['The person already exists under another employee ID.', 'Several people share the number of an office.'],
    remedy: 'Give each user a number of their own, or leave the phone out and send an email address.',
  },
  USER_USERNAME_EXISTS: {
    meaning: 'Another user of your company already has this username. Upper and lower case count as the same.',
    causes: ['Two people have the same name, and the username is made from it.', 'The user was created before.'],
    remedy: 'Choose another username, or leave it out: it is optional.',
  },
  USER_NOT_FOUND: {
    meaning: 'Your company has no user with this serial or employee ID.',
    causes: ['The serial or employee ID is misspelled.', 'The user belongs to another company, or was erased.'],
    remedy: 'Check the value. List the users of your company to find the right one.',
  },
  USER_HAS_NO_EMAIL: {
    meaning: 'A password can only be sent by email, and this user has no email address.',
    causes: ['The user was created with a phone number only.'],
    remedy: 'Give the user an email address first.',
  },
  USER_VERSION_MISMATCH: {
    meaning: 'The user was changed after you read the version that the call names.',
    causes: ['Another program or person changed the user in between.', 'The version is of another user.'],
    remedy:
      'Read the user again, decide again, and send its present version. Without ifVersion no version is compared.',
  },
  USER_EMPLOYEE_ID_REQUIRED: {
    meaning: 'Each user needs an employee ID, and this one has none.',
    causes: ['The field is absent, null or empty.', 'The field has another name in the request, such as employeeId.'],
    remedy: 'Send the number that your company gives to the person in the field employeeID.',
  },
  USER_EMPLOYEE_ID_INVALID: {
    meaning: 'The employee ID has a character that is not allowed, or more than 64 characters.',
    causes: [
      'It has a hyphen, a slash, a dot or a space, such as HR-0001.',
      'It was sent as a number instead of a string. A number would also lose leading zeros.',
    ],
    remedy: 'Send a string of letters a-z, A-Z and digits 0-9. Leave the other characters out: HR0001.',
  },
  USER_NAME_REQUIRED: {
    meaning: 'Each user needs a name, and this one has none.',
    causes: ['The field is absent, null, empty or only spaces.'],
    remedy: 'Send the name of the person in the field name.',
  },
  USER_NAME_INVALID: {
    meaning: 'The name is longer than 200 characters, or it has a character that cannot be shown.',
    causes: [
      'It has a line break, a tab or another control character, often copied from a spreadsheet.',
      'It has only invisible characters, or marks that change the direction of the text.',
    ],
    remedy: 'Send the name on one line, as people write it.',
  },
  USER_USERNAME_INVALID: {
    meaning: 'The username has a character that is not allowed, or more than 64 characters.',
    causes: ['It has a dot, an underscore or a space, such as john.doe.', 'An email address was sent as the username.'],
    remedy: 'Send letters a-z, A-Z and digits 0-9 only, or leave the username out.',
  },
  USER_EMAIL_OR_PHONE_REQUIRED: {
    meaning: 'A user needs an email address or a phone number, and this one has neither.',
    causes: ['Both fields are absent, null, empty or only spaces.'],
    remedy: 'Send at least one of email and phone. Only a user with an email gets the password by mail.',
  },
  USER_EMAIL_INVALID: {
    meaning: 'This is not an address that a mail server would accept.',
    causes: [
      'The @ or the dot in the domain is missing.',
      'An invisible character was copied along.',
      'Two addresses stand in the field.',
    ],
    remedy: 'Send one address, such as siti@example.com. Spaces around it do not matter.',
  },
  USER_PHONE_INVALID: {
    meaning: 'This is not a phone number, or it can be read as two different ones.',
    causes: [
      'It has too few or too many digits, a letter or an extension.',
      'A spreadsheet dropped the leading 0, so that it may be a national or a foreign number. Both are named then.',
    ],
    remedy: 'Send the number with a plus and the country code, such as +62 811 2233 4455.',
  },
  USER_PASSWORD_INVALID: {
    meaning: 'The password is too short, longer than 128 characters, or has a control character.',
    causes: ['It has fewer characters than the minimum, which the sentence names.', 'It is not a string.'],
    remedy: 'Send a longer password, such as four words, or leave it out: then the gateway makes a random one.',
  },
  USER_PASSWORD_COMPROMISED: {
    meaning: 'The password can be guessed: it is well known, a simple pattern, or made of data of the user.',
    causes: [
      'It stands in a list of common passwords, such as password123.',
      'It repeats a few characters, or follows the keyboard.',
      'It is little more than the name, employee ID, username, email or phone.',
    ],
    remedy: 'Send several unrelated words, or leave the password out: then the gateway makes a random one.',
  },
  USER_IS_ACTIVE_REQUIRED: {
    meaning: 'isActive is missing, or it is neither true nor false.',
    causes: ['The field is absent or null.', 'It was sent as a string or a number, such as "true" or 1.'],
    remedy: 'Send true or false, without quotes.',
  },
  USER_TAG_SERIALS_INVALID: {
    meaning: 'tagSerials is not a list of serials, or it has more than 100.',
    causes: ['One serial was sent without the brackets of a list.', 'An item of the list is not a string.'],
    remedy: 'Send a list of strings, such as ["RUKRTAG-9WHL0JGP"], or leave the field out.',
  },
  USER_ORGANIZATION_SERIAL_INVALID: {
    meaning: 'organizationSerial is not a string.',
    causes: ['A number, a list or an object was sent.'],
    remedy: 'Send one serial as a string, such as "COMPFJLYTHWL", or leave the field out.',
  },
};
