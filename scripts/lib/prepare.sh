# Sourced by the scripts: a C compiler and a Rust that is new enough. What may be installed is installed; for Rust, the one
# command that brings it is said.

prepare_machine() {
  local wanted have
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
  if ! command -v cargo >/dev/null 2>&1; then
    [ -f "${CARGO_HOME:-$HOME/.cargo}/env" ] && . "${CARGO_HOME:-$HOME/.cargo}/env"
  fi
  if ! command -v cargo >/dev/null 2>&1; then
    echo "Rust is missing: chaffinch needs Rust $wanted or newer. This command brings it:" >&2
    echo "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh" >&2
    exit 1
  fi
  have=$(rustc --version | awk '{print $2}')
  if [ "$(printf '%s\n%s\n' "$wanted" "${have%%-*}" | sort -V | head -n 1)" != "$wanted" ]; then
    echo "Rust $have is too old: chaffinch needs Rust $wanted or newer. This command brings it:" >&2
    echo "  rustup update stable" >&2
    exit 1
  fi
  if ! command -v cc >/dev/null 2>&1; then
    install_packages
  fi
}

install_packages() {
  local root=""
  [ "$(id -u)" = 0 ] || root=sudo
  echo "A C compiler is missing (SQLite and zstd are C): installing one" >&2
  if command -v apt-get >/dev/null 2>&1; then
    $root apt-get update -qq && $root apt-get install -y -qq gcc libc6-dev make >/dev/null
  elif command -v dnf >/dev/null 2>&1; then
    $root dnf install -y -q gcc make
  elif command -v apk >/dev/null 2>&1; then
    $root apk add --quiet gcc musl-dev make
  elif command -v pacman >/dev/null 2>&1; then
    $root pacman -S --noconfirm --quiet gcc make
  else
    echo "No package manager that is known here: install a C compiler (cc) and run this again" >&2
    exit 1
  fi
}
