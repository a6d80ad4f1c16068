# sources of src/sys
