const en = {
  title: 'Error dictionary',
  intro:
    'GraphQL, REST and the command line answer with these numbers and names. A number never gets a second meaning; ' +
    'the sentence of an answer may be more exact than the one here.',
  json: 'A program gets the same as JSON:',
  search: 'Search',
  found: 'Errors found: {count}',
  areas: {
    101: 'Users',
    111: 'Tags',
    121: 'Organizations',
    131: 'Idempotency keys',
    0: 'Every call: the HTTP status itself',
  } as Record<number, string>,
  inPath: ', in a path {status}',
  all: 'All errors',
  status: 'HTTP status',
  meaning: 'What it means',
  causes: 'Why it happens',
  remedy: 'How to fix it',
  rest: 'The answer on REST',
  graphql: 'The answer on GraphQL',
  more: 'More about this error',
  home: 'To the start page',
  language: 'Bahasa Indonesia',
};

const id: typeof en = {
  title: 'Kamus galat',
  intro:
    'GraphQL, REST, dan baris perintah menjawab dengan nomor dan nama ini. Sebuah nomor tidak pernah berganti arti; ' +
    'kalimat pada jawaban bisa lebih rinci daripada yang di sini.',
  json: 'Program mendapat hal yang sama sebagai JSON:',
  search: 'Cari',
  found: 'Galat yang ditemukan: {count}',
  areas: {
    101: 'Pengguna',
    111: 'Tag',
    121: 'Organisasi',
    131: 'Kunci idempotensi',
    0: 'Semua panggilan: status HTTP itu sendiri',
  },
  inPath: ', dalam path {status}',
  all: 'Semua galat',
  status: 'Status HTTP',
  meaning: 'Artinya',
  causes: 'Penyebabnya',
  remedy: 'Cara memperbaikinya',
  rest: 'Jawaban di REST',
  graphql: 'Jawaban di GraphQL',
  more: 'Selengkapnya tentang galat ini',
  home: 'Ke halaman awal',
  language: 'English',
};

/** The words on the pages of the error dictionary. */
export const errorTexts = { en, id };
