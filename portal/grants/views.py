from flask import Blueprint
from portal.infra.access import public_page
blueprint = Blueprint('grants', __name__)
@blueprint.get('/<tenant>/grants/')
@public_page
def grants():
    return 'stub'
