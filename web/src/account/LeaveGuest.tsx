/** A guest who signs in to an account loses sight of what the guest made: that is said, and asked. */
import { useVtons } from "../api";
import { Button } from "../parts/Button";
import { Dialog } from "../parts/Dialog";
import { accountText } from "./text";

interface Props {
  onLeave: () => void;
  onKeep: () => void;
  onClose: () => void;
}

export function LeaveGuest({ onLeave, onKeep, onClose }: Props) {
  const pages = useVtons(true).data?.pages;
  const count = pages?.reduce((sum, { items }) => sum + items.length, 0) ?? 0;
  return (
    <Dialog title={accountText.leave} onClose={onClose}>
      <p>{accountText.leaveLead(count, pages?.at(-1)?.next_cursor != null)}</p>
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button onClick={onLeave}>{accountText.leaveIt}</Button>
        <Button kind="primary" onClick={onKeep}>
          {accountText.keep}
        </Button>
      </div>
    </Dialog>
  );
}
