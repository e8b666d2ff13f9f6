"""`python -m totfjs`."""

from totfjs.cli import main

raise SystemExit(main())
