throw new Error('a bot that cannot even be read');
