import type { CountryCode } from 'libphonenumber-js/max';
import { emptyListing, type Listing, searchWindow } from './listing.ts';
import { phoneParts } from './phone.ts';
import { foldKey, type User, type UserFilter, type UserReader } from './ports.ts';
import { composedText, isWrong, plainText } from '../text.ts';

/** What a caller filters by; null, "" and only spaces are no filter. */
export type GivenUserFilter = {
  [F in Exclude<keyof UserFilter, 'isActive'>]?: string | null | undefined;
} & { isActive?: boolean | null | undefined };

/** Contained, with the code points that the field has at most. */
const searchable = [
  ['name', 200],
  ['email', 254],
] as const;
const serials = ['tagSerial', 'organizationSerial'] as const;

export type ReadUsers = ReturnType<typeof makeReadUsers>;

/** The users of a company. @param country whose phones a filter may write without the country's code */
export function makeReadUsers(store: UserReader, country: CountryCode) {
  return {
    find: store.find,
    passwordMails: store.passwordMails,
    /** Those that every given field of the filter takes; which of them an index serves, `UserReader` says. */
    listing(companyId: string, given: GivenUserFilter): Listing<User> {
      const filter = readFilter(given, country);
      if (!filter) return emptyListing();
      return {
        list: (slice) => store.list(companyId, filter, searchWindow, slice),
        page: (places) => store.page(companyId, filter, searchWindow, places),
        count: () => store.count(companyId, filter, searchWindow),
      };
    },
  };
}

/** In the form in which the fields are kept; null when no user can have it. */
function readFilter({ isActive, ...texts }: GivenUserFilter, country: CountryCode): UserFilter | null {
  const filter: UserFilter = { isActive: isActive ?? undefined };
  for (const [field, length] of searchable) {
    const text = composedText(texts[field], field, length);
    if (isWrong(text)) return null;
    if (text !== null) filter[field] = foldKey(text);
  }
  for (const field of serials) {
    const text = plainText(texts[field], field);
    if (isWrong(text)) return null;
    if (text !== null) filter[field] = text;
  }
  const employeeID = plainText(texts.employeeID, 'employeeID');
  if (isWrong(employeeID)) return null;
  if (employeeID !== null) filter.employeeID = foldKey(employeeID);
  if (texts.phone?.trim()) {
    filter.phone = phoneParts(texts.phone, country);
    if (filter.phone.length === 0) return null;
  }
  return filter;
}
