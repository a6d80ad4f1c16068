# sources of src/conf
