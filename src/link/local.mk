# sources of src/link
