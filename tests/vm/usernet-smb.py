#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""usernet-smb.py - a VM reads and writes files of the host by smb=.

    guest (QEMU, our library)          host
    smbclient -> 10.0.2.4:445  ->  smbd, started by QEMU for the connection
"""

import hashlib
import os
import shutil
from pathlib import Path

import image
import lab

SMBD = "/usr/sbin/smbd"     # where QEMU looks for it
SIZE = 3_000_000


def test(it):
    library = Path(os.environ.get("top_builddir", ".")).resolve() / \
        "qemu-glue/.libs"
    if not (library / "libslirp.so.0").exists():
        raise lab.Skip("our library was not built")
    if os.environ.get("UL_SANITIZED", "no") != "no":
        raise lab.Skip("a sanitized library needs its program's help")
    if not (os.path.exists(SMBD) and shutil.which("smbclient")):
        raise lab.Skip("no samba and smbclient here")
    (it.dir / "guest").mkdir()
    booted_from = image.add_programs(it.image, it.dir / "guest",
                                     [shutil.which("smbclient")])
    share = it.dir / "share"
    share.mkdir()
    data = os.urandom(SIZE)
    (share / "file").write_bytes(data)
    # QEMU keeps smbd's configuration in a directory of its own there.
    env = dict(os.environ, LD_LIBRARY_PATH=str(library), TMPDIR=str(it.dir))
    vm = it.boot(f"user,smb={share}", booted_from=booted_from, env=env,
                 memory=384)
    lease = vm.dhcp()
    it.check("lease", lease.get("ip") == "10.0.2.15/24", str(lease))
    vm.run("mkdir -p /etc/samba /var/lib/samba /run/samba; "
           ">/etc/samba/smb.conf")
    status, said = vm.run(
        "cd /tmp && smbclient -U guest%none //10.0.2.4/qemu -c "
        "'get file; put file back' && sha256sum <file", 60)
    it.check("read", status == 0 and
             hashlib.sha256(data).hexdigest() in said, said[-80:])
    back = share / "back"
    it.check("written", back.exists() and back.read_bytes() == data)
    vm.poweroff()


if __name__ == "__main__":
    lab.main(test)
