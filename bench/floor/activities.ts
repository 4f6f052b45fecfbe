export interface FloorActivities {
  nothing(): Promise<void>;
}
