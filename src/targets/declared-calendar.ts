import type { StartCalendar } from '../shared/start-calendar.ts';
import type { DeclaredTarget } from './target-schema.ts';

/** A target's windows and blackouts, each in its time zone: its own, else the target's. */
export function declaredCalendar({
  timeZone,
  maintenanceWindows,
  blackoutDates,
}: Pick<DeclaredTarget, 'timeZone' | 'maintenanceWindows' | 'blackoutDates'>): StartCalendar {
  return {
    windows: maintenanceWindows.map((window) => ({ ...window, timeZone: window.timeZone ?? timeZone })),
    blackouts: blackoutDates.map((dates) => ({ ...dates, timeZone: dates.timeZone ?? timeZone })),
  };
}
