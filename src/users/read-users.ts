import { emptyListing, type Listing, searchWindow } from './listing.ts';
import { foldKey, type User, type UserFilter, type UserReader } from './ports.ts';
import { isPlain } from '../text.ts';

/** What a caller filters by; null, "" and only spaces are no filter. */
export type GivenUserFilter = { [F in keyof UserFilter]?: UserFilter[F] | null };

export type ReadUsers = ReturnType<typeof makeReadUsers>;

/** The users of a company. */
export function makeReadUsers(store: UserReader) {
  return {
    find: store.find,
    passwordMails: store.passwordMails,
    /** Those that every given field of the filter takes; which of them an index serves, `UserReader` says. */
    listing(companyId: string, given: GivenUserFilter): Listing<User> {
      const filter = readFilter(given);
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
function readFilter({ isActive, ...texts }: GivenUserFilter): UserFilter | null {
  const given = Object.entries(texts).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].trim() !== '',
  );
  if (!given.every(([, text]) => isPlain(text))) return null;
  const { employeeID, tagSerial, organizationSerial, ...parts }: Record<string, string | undefined> =
    Object.fromEntries(given);
  const contained = (part: string | undefined) => part && foldKey(part.trim().normalize('NFC'));
  return {
    isActive: isActive ?? undefined,
    employeeID: employeeID && foldKey(employeeID),
    tagSerial,
    organizationSerial,
    name: contained(parts['name']),
    email: contained(parts['email']),
    phone: parts['phone']?.replace(/[ +\-().]/g, ''),
  };
}
