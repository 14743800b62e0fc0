from flask import Blueprint
from portal.infra.access import public_page
blueprint = Blueprint('review', __name__)
@blueprint.get('/<tenant>/desk/')
@public_page
def desk():
    return 'stub'
