"""The leak drill: checks that nothing readable reveals a hidden place."""
