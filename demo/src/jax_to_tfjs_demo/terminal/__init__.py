"""What a terminal shows: colours, a bar of progress, tables, and a choice by arrow keys."""
