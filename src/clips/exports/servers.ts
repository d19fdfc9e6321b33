/**
 * What benchmark servers take. DAVIS 2017: the scoring script of its CodaLab server, as lvos-evaluation has it
 * (`evaluation_codalab.py`); YouTube-VOS, MOSE and LVOS: the archives that XMem (`eval.py`) and Cutie
 * (`results_utils.py`, `make_zip`) make for them.
 */

export const serverNames = ['davis2017', 'youtube-vos', 'mose', 'lvos'] as const;
export type ServerName = (typeof serverNames)[number];

export interface Server {
  title: string;
  /** Folder of the archive that holds the folders of the videos; none: they stand at the top. */
  folder: string;
  /** Whether an archive with a single folder at the top is refused: the server takes it for a parent folder. */
  refusesOneFolder: boolean;
}

export const servers: Readonly<Record<ServerName, Server>> = {
  davis2017: { title: 'DAVIS 2017', folder: '', refusesOneFolder: true },
  'youtube-vos': { title: 'YouTube-VOS', folder: 'Annotations/', refusesOneFolder: false },
  mose: { title: 'MOSE', folder: '', refusesOneFolder: false },
  lvos: { title: 'LVOS', folder: 'Annotations/', refusesOneFolder: false },
};

/** What a server wants of one video. */
export interface WantedVideo {
  name: string;
  /** Frame names, in order. */
  frames: readonly string[];
  /** Size of the masks; without it they must be of one size. */
  size?: { width: number; height: number };
  /** Object ids that may occur. */
  ids?: readonly number[];
}
