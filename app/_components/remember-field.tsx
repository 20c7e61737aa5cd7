export function RememberField({ defaultChecked }: { defaultChecked?: boolean }) {
  return (
    <label className="-my-2 flex min-h-11 cursor-pointer items-center gap-3">
      <input
        type="checkbox"
        name="remember"
        value="true"
        defaultChecked={defaultChecked}
        className="size-5 cursor-pointer accent-accent"
      />
      Keep me signed in
    </label>
  )
}
