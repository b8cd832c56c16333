import type { CountryCode } from 'libphonenumber-js/max';
import { noLimits } from '../access/limits.ts';
import { countedListing, emptyListing, type Listing, searchWindow } from './listing.ts';
import { phoneParts } from './phone.ts';
import { foldKey, type User, type UserFilter, type UserReader, type Caller } from './ports.ts';
import { composedText, isWrong, plainText } from '../text.ts';

/** The filter of a caller; null, "" and only spaces do not filter. */
export type GivenUserFilter = {
  [F in Exclude<keyof UserFilter, 'isActive'>]?: string | null | undefined;
} & { isActive?: boolean | null | undefined };

/** Fields that are searched for a part, with the most code points of each. */
const searchable = [
  ['name', 200],
  ['email', 254],
] as const;
const serials = ['tagSerial', 'organizationSerial'] as const;

/** The users of a company, as a client reads them. */
export type ReadUsers = ReturnType<typeof makeReadUsers>;

/**
 * Makes the reading of a company's users. Reads count in the limits of the client and throw 429.
 * @param country the country whose phones a filter may have without its code
 */
export function makeReadUsers(
  store: UserReader,
  country: CountryCode,
  limits: Pick<typeof noLimits, 'reads'> = noLimits,
) {
  return {
    async find({ clientId, companyId }: Caller, by: Parameters<UserReader['find']>[1]): Promise<User | null> {
      await limits.reads(clientId, 'one');
      return store.find(companyId, by);
    },
    passwordMails: store.passwordMails,
    /** Returns the users that match every field of the filter. See `UserReader` for the field that an index serves. */
    listing({ clientId, companyId }: Caller, given: GivenUserFilter): Listing<User> {
      const filter = readFilter(given, country);
      if (!filter) return emptyListing();
      const listing: Listing<User> = {
        isSearch: isSearch(filter),
        list: (slice) => store.list(companyId, filter, searchWindow, slice),
        page: (places) => store.page(companyId, filter, searchWindow, places),
        count: () => store.count(companyId, filter, searchWindow),
      };
      return countedListing(listing, (read) => limits.reads(clientId, read));
    },
  };
}

/** Reads the filter in the form of the stored fields; null if no user can match. */
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

/** Whether a filter has fields that no index serves (see `UserReader`); with an employee id there is only one user. */
function isSearch({ employeeID, name, email, phone, ...indexed }: UserFilter): boolean {
  const served = Object.values(indexed).filter((value) => value !== undefined);
  return employeeID === undefined && (served.length > 1 || (name ?? email ?? phone) !== undefined);
}
