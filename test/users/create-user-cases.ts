/** One case of the one table that runs on every transport: what is sent over John Doe, and what comes back. */
export interface Case {
  title: string;
  /** Laid over `johnDoe`; `undefined` takes a field out. */
  input: Record<string, unknown>;
  /** Fields of the stored user that differ from the input, when it is created. */
  stored?: Record<string, unknown>;
  /** `errorCode path` of every problem, in order, when it is refused. */
  problems?: string[];
  /** GraphQL itself refuses the type: the case is REST's alone. */
  restOnly?: true;
}

const long = 'a'.repeat(64);

export const cases: Case[] = [
  {
    title: 'the documented user',
    input: {},
    stored: { employeeID: 'EMPLY001', phone: '6281122334455', username: null },
  },
  { title: 'phone without email', input: { email: null }, stored: { email: null } },
  { title: 'email without phone', input: { phone: '' }, stored: { phone: null } },
  {
    title: 'only spaces are empty',
    input: { username: '  ', phone: '   ', organizationSerial: ' ' },
    stored: { username: null, phone: null, organization: null },
  },
  {
    title: 'name, email and phone are trimmed and composed',
    input: { name: '  Jose\u0301  ', email: ' A.B@Example.com ', phone: ' 0811-2233-4455 ' },
    stored: { name: 'José', email: 'A.B@Example.com', phone: '6281122334455' },
  },
  { title: 'a number in national form', input: { phone: '0811 2233 4455' }, stored: { phone: '6281122334455' } },
  { title: 'a number of another country', input: { phone: '+1 (415) 555-2671' }, stored: { phone: '14155552671' } },
  {
    title: 'identifiers of 64 characters',
    input: { employeeID: long, username: long },
    stored: { employeeID: long, username: long },
  },
  { title: 'a name of 200 code points', input: { name: '😀'.repeat(200) } },
  { title: 'a joined emoji in a name', input: { name: 'Ana 👩‍💻' }, stored: { name: 'Ana 👩‍💻' } },
  { title: 'a username of digits', input: { username: '12345' }, stored: { username: '12345' } },
  { title: 'a passphrase of plain words', input: { password: 'correct horse battery staple' } },
  { title: 'a password of 8 code points', input: { password: 'Xk9#mQ2v' } },
  { title: 'a password that begins and ends with a space', input: { password: ' hk3 pd8w ' } },
  { title: 'an inactive user', input: { isActive: false }, stored: { isActive: false } },
  { title: 'no tags as null', input: { tagSerials: null }, stored: { tags: [] } },

  { title: 'an empty employee id', input: { employeeID: '' }, problems: ['10110 employeeID'] },
  { title: 'an employee id of spaces', input: { employeeID: '   ' }, problems: ['10110 employeeID'] },
  { title: 'an employee id with a space in front', input: { employeeID: ' E1' }, problems: ['10111 employeeID'] },
  { title: 'an employee id with a hyphen', input: { employeeID: 'E-1' }, problems: ['10111 employeeID'] },
  {
    title: 'an employee id with digits of another script',
    input: { employeeID: 'E١' },
    problems: ['10111 employeeID'],
  },
  { title: 'an employee id of 65', input: { employeeID: `${long}a` }, problems: ['10111 employeeID'] },
  { title: 'an employee id with a line end', input: { employeeID: 'E1\n' }, problems: ['10111 employeeID'] },
  { title: 'an empty name', input: { name: ' ' }, problems: ['10112 name'] },
  { title: 'a name of 201', input: { name: 'n'.repeat(201) }, problems: ['10113 name'] },
  { title: 'a name with a NUL', input: { name: 'John\u0000' }, problems: ['10113 name'] },
  { title: 'a name that is one tab', input: { name: '\t' }, problems: ['10113 name'] },
  { title: 'a name with a line separator', input: { name: 'John\u2028Doe' }, problems: ['10113 name'] },
  { title: 'a name with a bidi override', input: { name: 'John\u202EDoe' }, problems: ['10113 name'] },
  { title: 'a name with a bidi isolate at its end', input: { name: 'John\u2066' }, problems: ['10113 name'] },
  { title: 'a name with a lone surrogate', input: { name: 'John\uD800' }, problems: ['10113 name'] },
  { title: 'a username with a dot', input: { username: 'john.doe' }, problems: ['10114 username'] },
  { title: 'neither email nor phone', input: { email: ' ', phone: undefined }, problems: ['10115 email'] },
  { title: 'a wrong email and no phone', input: { email: 'nobody', phone: null }, problems: ['10116 email'] },
  { title: 'no email and a wrong phone', input: { email: null, phone: 'abc' }, problems: ['10117 phone'] },
  { title: 'an email without a domain', input: { email: 'john@localhost' }, problems: ['10116 email'] },
  {
    title: 'an email with a line end inside',
    input: { email: 'a@example.com\nBcc: b@example.com' },
    problems: ['10116 email'],
  },
  { title: 'two emails', input: { email: 'a@example.com,b@example.com' }, problems: ['10116 email'] },
  { title: 'an email of 65 before the at', input: { email: `${long}a@example.com` }, problems: ['10116 email'] },
  {
    title: 'an email of 255',
    input: { email: `a@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.example.com` },
    problems: ['10116 email'],
  },
  { title: 'a phone with letters', input: { phone: '0811-CALL-ME' }, problems: ['10117 phone'] },
  { title: 'a phone with an extension', input: { phone: '+6281122334455;ext=5' }, problems: ['10117 phone'] },
  { title: 'a phone with digits of another script', input: { phone: '٠٨١١٢٢٣٣٤٤٥٥' }, problems: ['10117 phone'] },
  { title: 'a phone too short to exist', input: { phone: '110' }, problems: ['10117 phone'] },
  { title: 'a password of 7', input: { password: 'Xk9#mQ2' }, problems: ['10118 password'] },
  { title: 'a password of 129', input: { password: 'aB3$'.repeat(33).slice(0, 129) }, problems: ['10118 password'] },
  { title: 'a password with a control character', input: { password: 'Xk9#mQ2v\u0007' }, problems: ['10118 password'] },
  { title: 'a password of spaces is not empty', input: { password: '    ' }, problems: ['10118 password'] },
  {
    title: 'a password that is 8 before NFKC and 4 after',
    input: { password: 'e\u0301'.repeat(4) },
    problems: ['10118 password'],
  },
  { title: 'a common password', input: { password: 'Password1' }, problems: ['10119 password'] },
  { title: 'a common Indonesian word', input: { password: 'Indonesia' }, problems: ['10119 password'] },
  { title: 'one unit repeated', input: { password: 'abc1abc1abc1' }, problems: ['10119 password'] },
  { title: 'a run of the keyboard', input: { password: 'QWERTYUIOP' }, problems: ['10119 password'] },
  { title: 'a run of digits around their end', input: { password: '1234567890123' }, problems: ['10119 password'] },
  { title: 'a run of the alphabet, backwards', input: { password: 'ponmlkjihg' }, problems: ['10119 password'] },
  { title: 'a password of the employee id', input: { password: 'emply001-abc' }, problems: ['10119 password'] },
  { title: 'a password of the email', input: { password: 'john.doe#2026' }, problems: ['10119 password'] },
  { title: 'a password of the phone', input: { password: '6281122334455!a' }, problems: ['10119 password'] },
  { title: 'a password of the words of the name', input: { password: 'DoeJohn-1234' }, problems: ['10119 password'] },
  {
    title: 'an unknown tag, twice, beside a known one',
    input: { tagSerials: ['TAG', 'NONETAG-00000000', 'TAG', 'NONETAG-00000000'] },
    problems: ['11102 tagSerials.1'],
  },
  {
    title: 'an unknown organization',
    input: { organizationSerial: 'COMP00000000' },
    problems: ['12101 organizationSerial'],
  },
  {
    title: 'an inactive organization',
    input: { organizationSerial: 'INACTIVE' },
    problems: ['12102 organizationSerial'],
  },
  {
    title: '101 tags',
    input: { tagSerials: Array.from({ length: 101 }, (_, i) => `T${i}`) },
    problems: ['10121 tagSerials'],
  },
  { title: 'a tag serial with a NUL', input: { tagSerials: ['A\u0000'] }, problems: ['10121 tagSerials.0'] },
  {
    title: 'an organization serial with a NUL',
    input: { organizationSerial: 'A\u0000' },
    problems: ['10122 organizationSerial'],
  },
  {
    title: 'everything wrong at once',
    input: {
      employeeID: '!',
      name: '',
      username: '!',
      email: '!',
      phone: '!',
      password: '!',
      tagSerials: ['X'],
      organizationSerial: 'Y',
    },
    problems: [
      '10111 employeeID',
      '10112 name',
      '10114 username',
      '10116 email',
      '10117 phone',
      '10118 password',
      '11102 tagSerials.0',
      '12101 organizationSerial',
    ],
  },

  {
    title: 'an employee id that is a number',
    input: { employeeID: 1 },
    problems: ['10111 employeeID'],
    restOnly: true,
  },
  { title: 'no employee id', input: { employeeID: undefined }, problems: ['10110 employeeID'], restOnly: true },
  { title: 'a name that is a list', input: { name: ['John'] }, problems: ['10113 name'], restOnly: true },
  { title: 'a username that is true', input: { username: true }, problems: ['10114 username'], restOnly: true },
  { title: 'an email that is an object', input: { email: {} }, problems: ['10116 email'], restOnly: true },
  { title: 'a phone that is a number', input: { phone: 6281122334455 }, problems: ['10117 phone'], restOnly: true },
  { title: 'a password that is a number', input: { password: 12345678 }, problems: ['10118 password'], restOnly: true },
  { title: 'isActive as a word', input: { isActive: 'true' }, problems: ['10120 isActive'], restOnly: true },
  { title: 'no isActive', input: { isActive: undefined }, problems: ['10120 isActive'], restOnly: true },
  { title: 'tags as a word', input: { tagSerials: 'RUKRTAG' }, problems: ['10121 tagSerials'], restOnly: true },
  {
    title: 'a tag that is a number',
    input: { tagSerials: ['TAG', 5] },
    problems: ['10121 tagSerials.1'],
    restOnly: true,
  },
  {
    title: 'an organization that is a number',
    input: { organizationSerial: 5 },
    problems: ['10122 organizationSerial'],
    restOnly: true,
  },
  { title: 'an empty string for the tags', input: { tagSerials: '' }, stored: { tags: [] }, restOnly: true },
  { title: 'an unknown field', input: { nickname: 'JD' }, restOnly: true },
];
