import type { Company, CursorRange, OffsetRange, Page, Row, StructuredOrganization, Tag } from './ports.ts';

/** A tag to write. */
export interface NewTag {
  /** UUIDv7; the store takes the next one after its greatest where this is not greater, see `uuidv7After`. */
  id: string;
  companyId: string;
  serial: string;
  name: string;
  /** The folded name: two tags of a company never differ in case only. */
  nameKey: string;
  createdAt: Date;
}

/** An organization to write. */
export interface NewOrganization {
  /** UUIDv7, like that of a tag. */
  id: string;
  companyId: string;
  parentSerial: string | null;
  serial: string;
  name: string;
  isActive: boolean;
  createdAt: Date;
}

/** The store of tags and organizations. Every verb is atomic and sees one company only. */
export interface DirectoryStore {
  addTag(tag: NewTag): Promise<'added' | 'name-taken' | 'serial-taken'>;
  /** Renames a tag; its own name in another case is free. */
  renameTag(
    companyId: string,
    serial: string,
    name: Pick<NewTag, 'name' | 'nameKey'>,
  ): Promise<'renamed' | 'unknown' | 'name-taken'>;
  /**
   * Takes a tag off its users and deletes it; false when there is none. A store may take it off in parts: a call that
   * ends in between leaves the tag to the next one.
   */
  deleteTag(companyId: string, serial: string): Promise<boolean>;
  addOrganization(organization: NewOrganization): Promise<'added' | 'parent-unknown' | 'serial-taken'>;
  findCompany(id: string): Promise<Company | null>;
  findTag(companyId: string, serial: string): Promise<Tag | null>;
  /** Lists tags whose folded name contains `name`, among the newest `searchWindow` tags; null lists all tags. */
  listTags(companyId: string, name: string | null, searchWindow: number, slice: CursorRange): Promise<Row<Tag>[]>;
  pageTags(companyId: string, name: string | null, searchWindow: number, places: OffsetRange): Promise<Page<Tag>>;
  countTags(companyId: string, name: string | null, searchWindow: number): Promise<number>;
  /** Lists all organizations of a company in the order of creation. */
  listOrganizations(companyId: string): Promise<StructuredOrganization[]>;
}
