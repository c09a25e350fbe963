# Changes a folder at random, as programs do, and says at the end what it sees. Arguments: a seed, how many steps.
import json, os, random, shutil, stat, sys, zlib

seed, steps = int(sys.argv[1]), int(sys.argv[2])
chance = random.Random(seed)
NAMES = ["a", "b.txt", "c c", "d\nd", "\u00e9\u4e2d", "'\"\\", "e-e", "f.rs", "x.bin"]


def everything(kind):
    found = []
    for folder, folders, files in os.walk("."):
        for name in folders + files:
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            if kind(mode):
                found.append(path)
    return sorted(found)


def folders():
    return ["."] + everything(stat.S_ISDIR)


def a_file():
    files = everything(stat.S_ISREG)
    return chance.choice(files) if files else None


def a_folder():
    inner = folders()[1:]
    return chance.choice(inner) if inner else None


def free():
    path = os.path.join(chance.choice(folders()), chance.choice(NAMES) + str(chance.randrange(40)))
    return None if os.path.lexists(path) else path


def content():
    length = chance.choice([0, 1, 10, 100, 5000, 300_000])
    return bytes(chance.getrandbits(8) for _ in range(min(length, 64))) * (length // 64 + 1)


def write():
    path = free()
    if path:
        open(path, "wb").write(content())


def change():
    path = a_file()
    if path:
        with open(path, chance.choice(["wb", "ab", "r+b"])) as file:
            file.write(content())


def cut():
    path = a_file()
    if path:
        os.truncate(path, chance.randrange(200))


def rewrite():
    # As editors do: a new file in place of the old one.
    path, beside = a_file(), free()
    if path and beside:
        open(beside, "wb").write(content())
        os.rename(beside, path)


def only_open():
    path = a_file()
    if path:
        open(path, "r+b").close()


def bits():
    path = chance.choice(everything(lambda mode: not stat.S_ISLNK(mode)) or ["."])
    inner = os.path.isdir(path)
    os.chmod(path, chance.choice([0o755, 0o700, 0o711] if inner else [0o644, 0o600, 0o755, 0o4755, 0o444]))


def remove():
    path = a_file()
    if path:
        os.remove(path)


def remove_folder():
    path = a_folder()
    if path:
        shutil.rmtree(path)


def make_folder():
    path = free()
    if path:
        os.makedirs(os.path.join(path, "inner"))
        open(os.path.join(path, "inner", "made"), "w").write("made\n")


def again():
    # Gone and made anew with something of what was in it.
    path = a_folder()
    if path:
        names = sorted(os.listdir(path))
        shutil.rmtree(path)
        os.mkdir(path)
        for name in names[: chance.randrange(3)]:
            open(os.path.join(path, name), "w").write("again\n")


def move():
    path, to = a_file(), free()
    if path and to:
        os.rename(path, to)


def move_folder():
    path, to = a_folder(), free()
    if path and to and not to.startswith(path + "/"):
        shutil.move(path, to)


def link():
    path = free()
    if path:
        os.symlink(chance.choice(["a0", "no/such", "./b.txt1", "c c"]), path)


def hard_link():
    path, to = a_file(), free()
    if path and to:
        os.link(path, to)


def kinds():
    path = a_file()
    if path:
        os.remove(path)
        os.mkdir(path)
        open(os.path.join(path, "in"), "w").write("in\n")
    path = a_folder()
    if path and chance.random() < 0.5:
        shutil.rmtree(path)
        open(path, "w").write("was a folder\n")


def odd_name():
    # A name that is no text is never taken over, and that is said.
    open(os.fsencode(chance.choice(folders())) + b"/odd\xff%d" % chance.randrange(9), "w").write("odd")


ALL = [write, write, change, change, cut, rewrite, only_open, bits, bits, remove, remove_folder, make_folder, again,
       move, move, move_folder, link, hard_link, kinds, odd_name]
for step in range(steps):
    try:
        chance.choice(ALL)()
    except PermissionError:
        pass  # of a file that it may not write

view = {}
for path in everything(lambda mode: True):
    try:
        name = os.fsencode(path)[2:].decode()
    except UnicodeDecodeError:
        continue
    found = os.lstat(path)
    if stat.S_ISREG(found.st_mode):
        content = open(path, "rb").read()
        view[name] = ["file", found.st_mode & 0o777, f"{len(content)} {zlib.adler32(content)}"]
    elif stat.S_ISDIR(found.st_mode):
        view[name] = ["folder", found.st_mode & 0o777, ""]
    else:
        view[name] = ["link", 0o777, os.readlink(path)]
print(json.dumps(view))
